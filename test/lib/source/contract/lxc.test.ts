import {contract} from './contract.js';

contract('lxc');
contract('pool over lxc');
