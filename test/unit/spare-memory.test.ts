import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Body } from '../../src/harvest/body.ts';
import { cutPage } from '../../src/harvest/record-list.ts';
import { PIECE_BYTES, SpareMemory } from '../../src/harvest/spare-memory.ts';

const MB = 2 ** 20;
const chunk = Buffer.alloc(64 * 1024, 'a');

/** Receives an answer of so many chunks. */
function receive(chunks: number, spare: SpareMemory, expectedBytes = 0): Body {
  const body = new Body(expectedBytes, spare);
  for (let nth = 0; nth < chunks; nth += 1) body.add(chunk);
  return body;
}

describe('spare memory', () => {
  it('gives the smallest piece that fits, and a new one where none does', () => {
    const spare = new SpareMemory();
    const pieces = [3 * MB, MB, 2 * MB].map((bytes) => spare.take(bytes));
    for (const piece of pieces) spare.give(piece);
    expect(spare.take(1.5 * MB)).toBe(pieces[2]);
    expect(spare.take(1.5 * MB)).toBe(pieces[0]);
    const fresh = spare.take(1.5 * MB);
    expect([pieces.includes(fresh), fresh.length, spare.bytes]).toEqual([false, 1.5 * MB, MB]);
  });

  it('keeps no more than it may, and of that the largest', () => {
    const spare = new SpareMemory(4 * MB);
    const pieces = [MB, 3 * MB, 2 * MB, 5 * MB].map((bytes) => spare.take(bytes));
    for (const piece of pieces) spare.give(piece);
    expect(spare.bytes).toBe(3 * MB);
    expect(spare.take(1)).toBe(pieces[1]);
  });

  it('never gives a piece to two at a time, nor keeps more than it may, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 3 * MB }) }),
      fc.record({ giveNth: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const spare = new SpareMemory(4 * MB);
        const used: Buffer[] = [];
        for (const each of steps) {
          if ('take' in each) {
            const piece = spare.take(each.take);
            expect(piece.length).toBeGreaterThanOrEqual(each.take);
            expect(used).not.toContain(piece);
            used.push(piece);
          } else for (const piece of used.splice(each.giveNth, 1)) spare.give(piece);
          expect(spare.bytes).toBeLessThanOrEqual(4 * MB);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a body', () => {
  it('that is as large as expected takes one piece, and the one after it the same', () => {
    const spare = new SpareMemory();
    const first = receive(36, spare, 36 * chunk.length);
    expect(spare.bytes).toBe(0);
    const piece = first.content.buffer;
    first.release();
    expect(spare.bytes).toBe(Math.ceil((36 * chunk.length * 1.125) / PIECE_BYTES) * PIECE_BYTES);
    expect(receive(38, spare, 36 * chunk.length).content.buffer).toBe(piece);
    expect(spare.bytes).toBe(0);
  });

  it('that is larger than expected has all that arrived', () => {
    const spare = new SpareMemory();
    const body = new Body(100_000, spare);
    const all = Buffer.from(Array.from({ length: 900_000 }, (_, index) => index % 251));
    for (let at = 0; at < all.length; at += 70_001) body.add(all.subarray(at, at + 70_001));
    expect(body.content.equals(all)).toBe(true);
  });

  it('that is small takes no spare memory, whatever was expected', () => {
    const spare = new SpareMemory();
    const body = new Body(4 * MB, spare);
    body.add(Buffer.from('{"clients":[]}'));
    expect(body.content.buffer.byteLength).toBeLessThanOrEqual(chunk.length);
    body.release();
    expect(spare.bytes).toBe(0);
  });

  it('is released once, however often it is said', () => {
    const spare = new SpareMemory();
    const body = receive(16, spare);
    body.release();
    const kept = spare.bytes;
    body.release();
    expect(spare.bytes).toBe(kept);
  });

  it('of a page keeps its memory until the page is done with, and the page gives nothing out of it afterwards', () => {
    const spare = new SpareMemory();
    const page = (id: number): ReturnType<typeof cutPage> => {
      const body = new Body(MB, spare);
      body.add(Buffer.from(JSON.stringify({ clients: [{ id, name: 'x'.repeat(900_000) }] }), 'utf8'));
      return cutPage(body, 'clients');
    };
    const held = page(1);
    expect(page(2)?.records.at(0)?.['id']).toBe(2);
    expect([held?.records.at(0)?.['id'], spare.bytes]).toEqual([1, 0]);
    held?.records.release?.();
    expect(spare.bytes).toBeGreaterThan(0);
    expect(page(3)?.records.at(0)?.['id']).toBe(3);
    expect(() => held?.records.at(0)).toThrow('after its turn');
  });
});
