import {contract} from './contract.js';

contract('local');
