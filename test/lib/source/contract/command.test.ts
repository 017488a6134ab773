import {contract} from './contract.js';

contract('command');
