#pragma once
// References to values, where a pass makes a kernel's values anew. `move` gets each, null ones too, and changes it. Private to compiler/opt.
#include "compiler/mir/mir.hpp"

namespace horizon::opt {

template <class Move>
void move_operands(mir::Value& value, Move&& move) {
  for (mir::ValueId& arg : value.args) move(arg);
  move(value.address.row_slot);
  move(value.address.period_slot);
}

/// Those of a kernel outside of its values.
template <class Move>
void move_uses(mir::Kernel& kernel, Move&& move) {
  for (mir::StateSlot& s : kernel.state) {
    move(s.next);
    move(s.first);
  }
  for (mir::RowTable& t : kernel.row_tables) {
    move(t.a);
    move(t.b);
  }
}

}  // namespace horizon::opt
