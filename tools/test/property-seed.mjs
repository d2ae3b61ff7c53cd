// Property tests draw the same values in every run, so that a run tells of the change it tests. To look for more:
// TESSERA_TEST_SEED=random, or the seed that a failure names.
import fc from 'fast-check';

const wanted = process.env.TESSERA_TEST_SEED ?? '20261121';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
