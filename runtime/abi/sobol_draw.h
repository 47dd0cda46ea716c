#pragma once
/* Where a draw of `--sampling sobol` gets its numbers from: docs/language/draws.md, "Sobol points". Plain C; no behaviour. */
#include <stdint.h>

typedef struct HzSobolDraw {
  uint64_t id;        /* of the draw: its scrambling hangs on it */
  uint64_t group;     /* 0: the leading draws, which share one point set; else draws of one group share a shuffled one */
  uint32_t dimension; /* of the Sobol sequence, from 0 */
} HzSobolDraw;
