import {contract} from './contract.js';

contract('schroot');
contract('pool over schroot');
