import {contract} from './contract.js';

contract('ssh');
