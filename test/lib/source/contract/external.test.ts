import {contract} from './contract.js';

contract('external');
