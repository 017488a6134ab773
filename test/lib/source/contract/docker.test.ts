import {contract} from './contract.js';

contract('docker');
