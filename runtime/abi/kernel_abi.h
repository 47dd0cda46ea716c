#pragma once
/* The contract between generated kernels and the runtime. Plain C; `HORIZON_ABI_VERSION` is part of every cache key.
 *
 * One call computes rows [row_begin, row_end) of one kernel for periods [period_begin, period_end) and one block of
 * futures. All arrays of a block are [slot][lane] with `lanes` doubles a slot; `lanes` is a multiple of 16, futures past
 * the end of the run are computed and ignored. */
#include <stdint.h>

#define HORIZON_ABI_VERSION 4

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HzKernelArgs {
  const double* constants;    /* [constant]: the same for all rows and periods */
  const double* row_values;   /* [row][row_value_count] */
  const double* time_values;  /* [period][time_value] */
  const double* both_values;  /* [row][period][both_value] */
  const double* const* row_tables; /* [row][row_table_count]: pointers to quantile tables */
  double* buffers;            /* [slot][lane]: shared by all kernels of the block */
  double* state;              /* [row][state_slot][lane]: carried from period to period, this kernel's own */
  uint8_t* fault;             /* [lane]: set to 1 where a requirement fails */
  uint64_t seed;
  uint64_t first_future;      /* of lane 0; a multiple of 16 */
  uint32_t lanes;
  uint32_t row_begin, row_end;
  uint32_t period_begin, period_end, periods;
  uint32_t all_zeros;         /* 1: nothing stands in any slot yet; 0 if that is not known */
} HzKernelArgs;

typedef void (*HzKernel)(const HzKernelArgs* args);

#ifdef __cplusplus
}
#endif
