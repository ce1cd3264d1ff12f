package io.lockstep.node;

import java.util.List;

/// A logical unit that is offered, with the target in which it is and who may use that. Immutable.
///
/// @param access who may log in
public record Export(UnitRecord unit, TargetRecord target, AccessRecord access) {
  public String volume() {
    return unit.volume();
  }

  /// What tells it from all other logical units.
  public String naa() {
    return unit.naa();
  }

  public String iqn() {
    return target.iqn();
  }

  public int lun() {
    return unit.lun();
  }

  /// Who may log in; empty: everybody.
  public List<String> initiators() {
    return access.initiators();
  }

  public boolean writeCache() {
    return unit.writeCache();
  }

  /// The same logical unit as it is now.
  public Export with(UnitRecord changed) {
    return new Export(changed, target, access);
  }

  /// The same for others.
  public Export with(AccessRecord changed) {
    return new Export(unit, target, changed);
  }
}
