import { useApp } from '../store.ts';
import { type Names, names } from './label.ts';

/** How the labels of the classes in use are shown. */
export const useNames = (): Names => useApp(names);
