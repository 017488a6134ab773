import {contract} from './contract.js';

contract('podman');
