package io.lockstep.daemon;

import java.util.List;

/// A logical unit that is offered, with the target in which it is and who may use that. Immutable.
///
/// @param initiators who may log in; empty: everybody
record Export(UnitRecord unit, TargetRecord target, List<String> initiators) {
  String volume() {
    return unit.volume();
  }

  /// What tells it from all other logical units.
  String naa() {
    return unit.naa();
  }

  String iqn() {
    return target.iqn();
  }

  int lun() {
    return unit.lun();
  }

  boolean writeCache() {
    return unit.writeCache();
  }

  /// The same logical unit as it is now.
  Export with(UnitRecord changed) {
    return new Export(changed, target, initiators);
  }
}
