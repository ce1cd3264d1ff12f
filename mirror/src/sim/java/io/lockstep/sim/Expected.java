package io.lockstep.sim;

import java.util.List;

/// What a sample of histories must have met: without it, nothing was proved about it.
final class Expected {
  private static final List<String> OPERATIONS =
      List.of("write", "write with FUA", "zeroes", "zeroes with FUA", "discard", "read", "flush");

  private static final List<String> COMMANDS =
      List.of(
          "switch",
          "promote the survivor",
          "promote early",
          "promote apart",
          "promote beside",
          "promote with force",
          "demote",
          "disconnect",
          "disconnect with force",
          "connect",
          "connect and discard",
          "accept loss");

  /// Nobody has had the luck yet: the source's bad sector must meet a resync and the command. And
  /// beside a Primary that says so nobody is promoted, seldom excepted: it may have just ended.
  private static final List<String> NEVER_DONE = List.of("accept loss", "promote beside");

  /// Refused only while another disconnect is under way.
  private static final String NEVER_REFUSED = "disconnect with force";

  private Expected() {}

  static void in(Met met) {
    for (Troubles.Kind kind : Troubles.Kind.values()) {
      met.expect("trouble", kind.name());
    }
    OPERATIONS.forEach(name -> met.expect("client", name + " OK"));
    COMMANDS.forEach(
        name -> {
          if (!NEVER_DONE.contains(name)) {
            met.expect("command", name + " done");
          }
          if (!NEVER_REFUSED.equals(name)) {
            met.expect("command", name + " refused");
          }
        });
    met.expect("role", "resumed by itself");
    met.expect("operator", "settled a split brain");
  }
}
