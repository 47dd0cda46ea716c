#pragma once
/* How a draw and a quantile table lie in memory, as generated code and the runtime both read them.
   Part of `language 1`: docs/language/draws.md. Plain C; no behaviour. */
#include <stdint.h>

#define HZ_DRAW_LAYOUT_VERSION 2

/* A draw is 64 bits: bit 63 is the side, bits 1..51 with bit 0 set to one are n; w = n / 2^53 = min(u, 1-u).
 */
#define HZ_DRAW_SIDE_BIT 63
#define HZ_DRAW_N_MASK 0x000FFFFFFFFFFFFEull
#define HZ_DRAW_N_ODD 1ull

/* A quantile table: level (depth / 8), then coefficient (0..11, and the anchor as number 12), then side * 8 + depth % 8,
   where depth d means 2^-(d+2) <= w < 2^-(d+1), d = 0..51. The value is anchor + polynomial in t = m - 1.5, m in [1, 2)
   the mantissa of w: the anchor is the end of the support that the side's tail runs to, or 0, so that values near it
   are rounded once. Numbers of depths 52..55 are 0.
   The first two levels are in memory. One draw in 65,536 asks for a deeper one: its numbers are made when asked for (table_numbers() of
   runtime/rng/quantile_table.hpp), from the row's parameters, which stand behind the levels. */
#define HZ_TABLE_COEFFICIENTS 12
#define HZ_TABLE_ANCHOR 12
#define HZ_TABLE_DEPTHS 52
#define HZ_TABLE_LEVEL_DOUBLES 208
#define HZ_TABLE_LEVELS 7
#define HZ_TABLE_NUMBERS 1456
#define HZ_TABLE_STORED_DEPTHS 16
#define HZ_TABLE_STORED 416
#define HZ_TABLE_DOUBLES 432

/* Places of a table's parameters, from number HZ_TABLE_STORED on: beta's shapes, or gamma's and 1; the value is offset + scale X. */
#define HZ_TABLE_ROW_A 0
#define HZ_TABLE_ROW_B 1
#define HZ_TABLE_ROW_SCALE 2
#define HZ_TABLE_ROW_OFFSET 3
#define HZ_TABLE_ROW_GAMMA 4

/* Where the building of a table begins: its parameters, and for the lower and the upper side a point near the middle of the deepest octave
   in memory: its value, relative slope, and how far the middle is from it in ln w. A table is some 50 times as large. */
typedef struct HzTableStart {
  double a, b;      /* beta's shapes; gamma's shape, and 1 */
  double value[2], slope[2], distance[2];
  uint32_t gamma;   /* 0: beta */
} HzTableStart;
