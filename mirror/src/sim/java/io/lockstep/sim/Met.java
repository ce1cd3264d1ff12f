package io.lockstep.sim;

import io.lockstep.mirror.state.MirrorEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What runs of the simulation have met: a table of counts, by group and name. What is *expected*
/// in it and was never met fails a sample: a proof says what it has proved.
///
/// Not thread-safe; each history has its own, and they are added up.
public final class Met {
  private final Map<String, Map<String, Long>> counts = new TreeMap<>();

  /// Says that a sample must meet this at least once.
  public void expect(String group, String name) {
    counts.computeIfAbsent(group, _ -> new TreeMap<>()).merge(name, 0L, Long::sum);
  }

  public void one(String group, String name) {
    counts.computeIfAbsent(group, _ -> new TreeMap<>()).merge(name, 1L, Long::sum);
  }

  void many(String group, String name, long count) {
    counts.computeIfAbsent(group, _ -> new TreeMap<>()).merge(name, count, Long::sum);
  }

  void one(String group, Enum<?> name) {
    one(group, name.name());
  }

  /// An operation of the client was answered.
  void answered(String operation, Enum<?> reason) {
    one("client", operation + " " + reason.name());
  }

  /// A state has changed, or something was noted.
  public void event(MirrorEvent event) {
    switch (event) {
      case MirrorEvent.Changed changed -> one("transition", changed.change());
      case MirrorEvent.Noted noted -> one("noted", noted.kind());
    }
  }

  /// A command of the operator was answered.
  void command(String command, String answer) {
    one("command", command + " " + answer);
  }

  public void add(Met other) {
    other.counts.forEach(
        (group, names) ->
            names.forEach(
                (name, count) ->
                    counts
                        .computeIfAbsent(group, _ -> new TreeMap<>())
                        .merge(name, count, Long::sum)));
  }

  public long count(String group, String name) {
    return counts.getOrDefault(group, Map.of()).getOrDefault(name, 0L);
  }

  /// What was expected and never met, as `group: name`.
  public List<String> never() {
    var never = new ArrayList<String>();
    counts.forEach(
        (group, names) ->
            names.forEach(
                (name, count) -> {
                  if (count == 0) {
                    never.add(group + ": " + name);
                  }
                }));
    return never;
  }

  /// The counts by `group: name`, in the order of the table.
  public Map<String, Long> flat() {
    var flat = new LinkedHashMap<String, Long>();
    counts.forEach(
        (group, names) -> names.forEach((name, count) -> flat.put(group + ": " + name, count)));
    return flat;
  }

  /// The table, one line for each count.
  public String table() {
    var text = new StringBuilder();
    counts.forEach(
        (group, names) -> {
          text.append(group).append('\n');
          names.forEach((name, count) -> text.append("  %,12d  %s%n".formatted(count, name)));
        });
    return text.toString();
  }
}
