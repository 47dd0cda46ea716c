#pragma once
/* How a draw and a quantile table lie in memory, as generated code and the runtime both read them.
   Part of `language 1`: docs/language/draws.md. Plain C; no behaviour. */
#include <stdint.h>

#define HZ_DRAW_LAYOUT_VERSION 1

/* A draw is 64 bits: bit 63 is the side, bits 1..51 with bit 0 set to one are n; w = n / 2^53 = min(u, 1-u).
 */
#define HZ_DRAW_SIDE_BIT 63
#define HZ_DRAW_N_MASK 0x000FFFFFFFFFFFFEull
#define HZ_DRAW_N_ODD 1ull

/* A quantile table: level (depth / 8), then coefficient (0..11, and the anchor as number 12), then side * 8 + depth % 8,
   where depth d means 2^-(d+2) <= w < 2^-(d+1), d = 0..51. The value is anchor + polynomial in t = m - 1.5, m in [1, 2)
   the mantissa of w: the anchor is the end of the support that the side's tail runs to, or 0, so that values near it
   are rounded once. Places of depths 52..55 hold 0. */
#define HZ_TABLE_COEFFICIENTS 12
#define HZ_TABLE_ANCHOR 12
#define HZ_TABLE_DEPTHS 52
#define HZ_TABLE_LEVEL_DOUBLES 208
#define HZ_TABLE_LEVELS 7
#define HZ_TABLE_DOUBLES 1456

/* Where the building of a table begins: its parameters, and value and relative slope in the middle of the deepest octave of the
   lower and the upper side. A table is some 200 times as large. */
typedef struct HzTableStart {
  double a, b;      /* beta's shapes; gamma's shape, and 1 */
  double value[2], slope[2];
  uint32_t gamma;   /* 0: beta */
} HzTableStart;
