import {contract} from './contract.js';

contract('sim');
