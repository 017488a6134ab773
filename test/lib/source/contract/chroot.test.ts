import {contract} from './contract.js';

contract('chroot');
contract('chroot by btrfs');
contract('chroot by copy');
contract('pool over chroot');
