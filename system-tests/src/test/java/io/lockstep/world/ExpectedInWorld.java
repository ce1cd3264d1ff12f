package io.lockstep.world;

import io.lockstep.sim.Met;
import io.lockstep.sim.SimMutes;
import java.util.List;

/// What a sample of histories must meet at least once: a proof says what it has proved.
final class ExpectedInWorld {
  private ExpectedInWorld() {}

  static void in(Met met) {
    for (NodeTroubles.Kind kind : NodeTroubles.Kind.values()) {
      met.expect("trouble", kind.name());
    }
    for (Class<?> act : Act.class.getPermittedSubclasses()) {
      for (String end : List.of("done", "refused", "never answered")) {
        met.expect("command", act.getSimpleName() + " " + end);
      }
    }
    expect(met, "command", "failed on the way", "not taken");
    expect(met, "never answered", "was done", "was not done");
    expect(met, "look", "after an answer", "at an opening", "at rest");
    expect(met, "job", "create-volume went on", "grow-volume went on");
    expect(met, "role", "promote done", "promote refused", "demote done", "disconnect done");
    expect(met, "role", "promote beside a frozen one refused");
    SimMutes.expectIn(met);
    expect(met, "log-in", "Serves", "Busy");
    for (String command : List.of("read", "write", "flush")) {
      expect(
          met,
          "host",
          command + " GOOD",
          command + " NOT_READY 04/0B",
          command + " UNIT_ATTENTION 29/00",
          command + " UNIT_ATTENTION 2A/01",
          command + " UNIT_ATTENTION 2A/06");
    }
    expect(met, "write cache", "on", "off");
    expect(met, "in use", "DeleteExport at one", "DeleteExport at other", "DeleteExport at both");
    expect(met, "in use", "DeleteVolume at one", "ResizeVolume at one");
    expect(met, "host", "never answered", "write MEDIUM_ERROR 0C/00");
    expect(met, "healing", "restarted a node whose disk had failed", "promoted one of two");
  }

  private static void expect(Met met, String group, String... names) {
    for (String name : names) {
      met.expect(group, name);
    }
  }
}
