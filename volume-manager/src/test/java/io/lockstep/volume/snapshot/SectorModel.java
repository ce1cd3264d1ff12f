package io.lockstep.volume.snapshot;

import io.lockstep.block.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// What each sector of a volume may hold. A sector's content is a number; a sector has its values
/// in the order of the writes, from the last one on that is known to be stable.
final class SectorModel {
  private final List<List<Value>> sectors = new ArrayList<>();

  private static final class Value {
    private final long stamp;
    private boolean completed;
    private boolean stable;

    Value(long stamp, boolean settled) {
      this.stamp = stamp;
      this.completed = settled;
      this.stable = settled;
    }
  }

  /// @param stamps what is there, stably
  SectorModel(long[] stamps) {
    for (long stamp : stamps) {
      sectors.add(new ArrayList<>(List.of(new Value(stamp, true))));
    }
  }

  /// What is there after the last write, all of which have ended.
  long[] last() {
    return sectors.stream().mapToLong(values -> values.getLast().stamp).toArray();
  }

  /// A write on its way.
  final class Change {
    private final List<Value> values = new ArrayList<>();

    private Change(int first, long[] stamps) {
      for (int index = 0; index < stamps.length; index++) {
        var value = new Value(stamps[index], false);
        values.add(value);
        sectors.get(first + index).add(value);
      }
    }

    /// It was refused and has changed nothing.
    void refused() {
      sectors.forEach(sector -> sector.removeAll(values));
    }

    void completed(boolean stable) {
      for (Value value : values) {
        value.completed = true;
        value.stable |= stable;
      }
    }
  }

  Change begins(int first, long[] stamps) {
    return new Change(first, stamps);
  }

  /// A flush begins; what it returns is to be run when it was good.
  Runnable flushBegins() {
    List<Value> covered = new ArrayList<>();
    sectors.forEach(values -> values.stream().filter(v -> v.completed).forEach(covered::add));
    return () -> covered.forEach(value -> value.stable = true);
  }

  /// A read under way.
  ///
  /// @param first sector
  /// @param from for each sector, the first of its values that may be seen
  record Look(int first, List<Value> from) {}

  Look readBegins(int first, int count) {
    List<Value> from = new ArrayList<>();
    for (List<Value> values : sectors.subList(first, first + count)) {
      from.add(last(values, value -> value.completed));
    }
    return new Look(first, from);
  }

  private static Value last(List<Value> values, Predicate<Value> kind) {
    return values.reversed().stream().filter(kind).findFirst().orElseThrow();
  }

  void readEnds(Look look, long[] seen, String where) {
    for (int index = 0; index < seen.length; index++) {
      List<Value> sector = sectors.get(look.first + index);
      List<Value> values = sector.subList(sector.indexOf(look.from.get(index)), sector.size());
      long stamp = seen[index];
      if (values.stream().noneMatch(value -> value.stamp == stamp)) {
        List<Long> allowed = values.stream().map(value -> value.stamp).toList();
        throw new AssertionError(
            "%s: sector %d holds %d, may hold %s"
                .formatted(where, look.first + index, stamp, allowed));
      }
    }
  }

  /// After a power cut: what was stable is there, or something newer.
  void cutPower(long[] seen, String where) {
    Check.that(seen.length == sectors.size(), "all sectors", seen.length, sectors.size());
    for (int index = 0; index < seen.length; index++) {
      List<Value> values = sectors.get(index);
      var look = new Look(index, List.of(last(values, value -> value.stable)));
      readEnds(look, new long[] {seen[index]}, where + " after the power cut");
      values.clear();
      values.add(new Value(seen[index], true));
    }
  }
}
