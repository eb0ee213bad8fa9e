import assert from 'node:assert/strict';
import {test} from 'node:test';
import {toCsv} from './csv';

test('fields that need quotes get them', () => {
  const text = toCsv({
    columns: [
      {name: 'a,b', type: 'VARCHAR'},
      {name: 'n', type: 'DOUBLE'},
    ],
    rows: [
      ['say "hi"', 1.5],
      [null, -2],
      ['two\nlines', true],
    ],
    truncated: false,
  });
  assert.equal(text, '"a,b",n\r\n"say ""hi""",1.5\r\n,-2\r\n"two\nlines",true\r\n');
});
