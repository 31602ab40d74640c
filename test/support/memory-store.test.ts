import { describe } from 'vitest';
import { memoryStore } from './memory-store.ts';
import { behavesLikeAnObjectStore } from './store-behaviour.ts';

describe('the store in memory', () => behavesLikeAnObjectStore(memoryStore));
