import { PassThroughClient } from 'google-auth-library';
import { openBigQuery } from './support/open.ts';
import { conformance } from '../warehouse/conformance.ts';

void PassThroughClient;
const url = process.env['EMU'] ?? '';
let datasets = 0;
conformance(
  'BigQuery',
  () => openBigQuery(url, `d${process.pid}_${++datasets}`),
  (table) => `\`test\`.\`d${process.pid}_${datasets}\`.\`${table}\``,
);
