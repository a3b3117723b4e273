import { cached } from './synth-cache';

test('makes a text once for the same inputs, and again for others', () => {
  const make: jest.Mock<string> = jest.fn(() => `text ${make.mock.calls.length}`);
  expect(cached({ of: __filename, names: ['one'] }, make)).toBe('text 1');
  expect(cached({ of: __filename, names: ['one'] }, make)).toBe('text 1');
  expect(cached({ of: __filename, names: ['other'] }, make)).toBe('text 2');
});

test('refuses inputs that it cannot compare', () => {
  expect(() => cached([() => 'one'], () => 'text')).toThrow('could not be cloned');
});
