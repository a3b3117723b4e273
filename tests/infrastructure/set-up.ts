export { openCache as default } from './synth-cache';
