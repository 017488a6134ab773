import {contract} from './contract.js';

contract('lxc');
