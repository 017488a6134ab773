import {contract} from './contract.js';

contract('chroot');
