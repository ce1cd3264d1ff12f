package io.lockstep.world;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// Which volumes there are, as far as answers have promised it, by their names.
final class Promised {
  static final long ANY_SIZE = -1;

  private final Map<String, Volume> volumes = new TreeMap<>();

  /// A volume with what hosts know it by; what is not known yet is empty.
  ///
  /// @param bytes the size that it has or, by a job, is to have; ANY_SIZE after that was cancelled
  /// @param uuid LVM's identifier
  /// @param naa the logical unit's; it keeps it for life
  /// @param place target and LUN while it is exported
  record Volume(
      long bytes, boolean exported, boolean writeCache, String uuid, String naa, String place) {
    Volume withSize(long value) {
      return new Volume(value, exported, writeCache, uuid, naa, place);
    }

    Volume withExported(boolean value) {
      return new Volume(bytes, value, writeCache, uuid, naa, "");
    }

    Volume withWriteCache(boolean value) {
      return new Volume(bytes, exported, value, uuid, naa, place);
    }

    /// Whether `found` is this volume, as far as it is known.
    boolean fits(Volume found) {
      return (bytes == ANY_SIZE || bytes == found.bytes)
          && exported == found.exported
          && writeCache == found.writeCache
          && isKnownAs(uuid, found.uuid)
          && isKnownAs(naa, found.naa)
          && isKnownAs(place, found.place);
    }

    private static boolean isKnownAs(String known, String found) {
      return known.isEmpty() || known.equals(found);
    }
  }

  Promised() {}

  Promised(Map<String, Volume> volumes) {
    this.volumes.putAll(volumes);
  }

  Promised copy() {
    return new Promised(volumes);
  }

  Map<String, Volume> volumes() {
    return volumes;
  }

  void create(String name, long bytes) {
    volumes.putIfAbsent(name, new Volume(bytes, false, true, "", "", ""));
  }

  void change(String name, UnaryOperator<Volume> change) {
    volumes.computeIfPresent(name, (_, was) -> change.apply(was));
  }

  void rename(String name, String newName) {
    if (volumes.containsKey(name) && !volumes.containsKey(newName)) {
      volumes.put(newName, volumes.remove(name));
    }
  }

  void delete(String name) {
    volumes.remove(name);
  }

  /// Whether what was found is what was promised.
  boolean fits(Promised found) {
    return volumes.keySet().equals(found.volumes.keySet())
        && volumes.entrySet().stream()
            .allMatch(
                entry -> {
                  Volume there = found.volumes.get(entry.getKey());
                  return there != null && entry.getValue().fits(there);
                });
  }

  @Override
  public String toString() {
    return volumes.toString();
  }
}
