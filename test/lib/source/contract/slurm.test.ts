import {contract} from './contract.js';

contract('slurm');
