import {contract} from './contract.js';

contract('docker');
contract('pool over docker');
