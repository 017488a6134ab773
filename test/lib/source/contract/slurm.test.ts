import {contract} from './contract.js';

contract('slurm');
contract('pool over slurm');
