import {contract} from './contract.js';

contract('schroot');
