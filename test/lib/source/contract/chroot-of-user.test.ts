import {contract} from './contract.js';

contract('chroot of an ordinary user');
