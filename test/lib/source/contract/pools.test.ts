import {contract} from './contract.js';

contract('pool over local');
contract('pool over sim');
contract('pool over pool');
