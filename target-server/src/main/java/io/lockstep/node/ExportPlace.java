package io.lockstep.node;

import io.lockstep.block.Refusal;
import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.Requests;
import io.lockstep.volume.VolumeName;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Chooses target and LUN for a logical unit that is to be offered: those that were asked for, or
/// those it had, or a target of its own. Pure.
public final class ExportPlace {
  private ExportPlace() {}

  /// Where a logical unit goes.
  public sealed interface Choice {
    record Found(Export export) implements Choice {}

    record Refused(Refusal refusal) implements Choice {}
  }

  /// @param unit not offered now
  public static Choice choose(
      ExportRecords records, LuNames.Giver names, UnitRecord unit, Requests.CreateExport request) {
    @Nullable String wanted = request.target();
    String name = wanted == null ? unit.target() : wanted;
    if (!RecordKey.isName(name)) {
      return refused(
          unit, "a target cannot be called so", "take a-z, 0-9, '.' and '-', at most 63");
    }
    if (!name.equals(unit.target()) && isSpent(records, name)) {
      return refused(
          unit,
          "the name of target " + name + " was that of a volume that is gone",
          "name another target");
    }
    List<Export> others = records.exportsIn(name);
    List<String> initiators = Optional.ofNullable(request.initiators()).orElse(List.of());
    boolean exclusive = Boolean.TRUE.equals(request.exclusive());
    AccessRecord access = AccessRecord.of(name, initiators).exclusive(exclusive);
    if (!others.isEmpty()) {
      AccessRecord now = others.getFirst().access();
      if (!initiators.isEmpty() && !Set.copyOf(initiators).equals(Set.copyOf(now.initiators()))) {
        return refused(
            unit,
            "target " + name + " may be used by " + said(now.initiators()),
            "name no initiators, or the same");
      }
      if (exclusive && !now.exclusive()) {
        return refused(
            unit,
            "target " + name + " is meant for several hosts",
            "do not ask for an exclusive one, or change the target first");
      }
      access = now;
    }
    TargetRecord target =
        records.target(name).orElseGet(() -> TargetRecord.of(name, names.iqn(name)));
    @Nullable Integer lun = request.lun();
    return lun == null
        ? atFreeLun(unit, target, access, others)
        : atLun(lun, unit, target, access, others);
  }

  /// Whether a target once had logical units and has none that exists: hosts may remember it.
  private static boolean isSpent(ExportRecords records, String name) {
    return records.target(name).isPresent()
        && records.units().stream()
            .noneMatch(unit -> unit.target().equals(name) && !unit.deleted());
  }

  private static Choice atLun(
      int lun, UnitRecord unit, TargetRecord target, AccessRecord access, List<Export> others) {
    for (Export other : others) {
      if (other.lun() == lun) {
        return refused(
            unit,
            "LUN %d of target %s is volume %s".formatted(lun, target.name(), other.volume()),
            "take another LUN");
      }
    }
    return found(lun, unit, target, access);
  }

  /// The one that it had, or the first that is free.
  private static Choice atFreeLun(
      UnitRecord unit, TargetRecord target, AccessRecord access, List<Export> others) {
    Set<Integer> taken = others.stream().map(Export::lun).collect(Collectors.toSet());
    if (unit.target().equals(target.name()) && !taken.contains(unit.lun())) {
      return found(unit.lun(), unit, target, access);
    }
    for (int lun = 0; lun <= Requests.LUN_MAX; lun++) {
      if (!taken.contains(lun)) {
        return found(lun, unit, target, access);
      }
    }
    return refused(
        unit,
        "target %s has %d logical units".formatted(target.name(), taken.size()),
        "take another target");
  }

  private static Choice found(int lun, UnitRecord unit, TargetRecord target, AccessRecord access) {
    return new Choice.Found(new Export(unit.exportedAs(target.name(), lun), target, access));
  }

  private static Choice refused(UnitRecord unit, String why, String action) {
    String what = "Volume " + VolumeName.shown(unit.volume()) + " was not exported";
    return new Choice.Refused(new Refusal(what, why, action));
  }

  private static String said(List<String> initiators) {
    return initiators.isEmpty()
        ? "everybody"
        : initiators.stream().collect(Collectors.joining(" and "));
  }
}
