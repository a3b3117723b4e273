export { removeCache as default } from './synth-cache';
