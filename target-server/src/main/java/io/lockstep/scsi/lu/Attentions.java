package io.lockstep.scsi.lu;

import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.UnitAttention;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Unit attention conditions, for each nexus its own (SAM-5 5.14). Reported most urgent first, each
/// once; the same condition is not kept twice.
final class Attentions {
  private final Map<Nexus, EnumSet<UnitAttention>> pending = new LinkedHashMap<>();

  /// A session begins.
  void opened(Nexus nexus) {
    pending.put(nexus, EnumSet.of(UnitAttention.POWER_ON_OR_RESET));
  }

  void closed(Nexus nexus) {
    pending.remove(nexus);
  }

  void one(Nexus nexus, UnitAttention attention) {
    EnumSet<UnitAttention> own = pending.get(nexus);
    if (own != null) {
      own.add(attention);
    }
  }

  /// The nexus has been told in another way.
  void clear(Nexus nexus, UnitAttention attention) {
    EnumSet<UnitAttention> own = pending.get(nexus);
    if (own != null) {
      own.remove(attention);
    }
  }

  void all(UnitAttention attention) {
    pending.values().forEach(own -> own.add(attention));
  }

  void others(Nexus not, UnitAttention attention) {
    pending.forEach(
        (nexus, own) -> {
          if (!nexus.equals(not)) {
            own.add(attention);
          }
        });
  }

  /// Takes the most urgent condition of a nexus.
  Optional<UnitAttention> next(Nexus nexus) {
    EnumSet<UnitAttention> own = pending.get(nexus);
    if (own == null || own.isEmpty()) {
      return Optional.empty();
    }
    UnitAttention first = own.iterator().next();
    own.remove(first);
    return Optional.of(first);
  }
}
