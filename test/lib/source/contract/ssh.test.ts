import {contract} from './contract.js';

contract('ssh');
contract('pool over ssh');
