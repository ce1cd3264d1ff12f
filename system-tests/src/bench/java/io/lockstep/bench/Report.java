package io.lockstep.bench;

import io.lockstep.bench.Measured.Figure;
import io.lockstep.bench.Measured.Memory;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/// What was measured, as people read it: each figure as the median of the rounds with the lowest
/// and the highest, and ratios of figures of the same round.
final class Report {
  private static final List<String> NODES = List.of("Primary", "Secondary");

  private final List<Measured> all;
  private final PrintStream out;

  Report(List<Measured> all, PrintStream out) {
    this.all = all;
    this.out = out;
  }

  void print() throws IOException, InterruptedException {
    out.println();
    row("LOAD", "OF", "I/O PER SECOND", "P50 us", "P99 us", "TIMES THE FILE", "BYTES ALLOCATED");
    for (Load load : Load.ALL) {
      for (Measured one : all) {
        line(load, one);
      }
      if (all.size() == 3) {
        String ratio = all.get(1).ratio(load, all.get(2)).text(2);
        out.printf("%-15s this tree is %s times the other%n", "", ratio);
      }
    }
    out.println();
    for (Measured one : all) {
      if (one.isLun()) {
        memory(one);
      }
    }
  }

  private void line(Load load, Measured one) {
    boolean isFirst = one == all.getFirst();
    row(
        isFirst ? load.toString() : "",
        one.name(),
        one.spread(load, Figure.PER_SECOND).text(0),
        "%.0f".formatted(one.spread(load, Figure.MICROS_HALF).median()),
        "%.0f".formatted(one.spread(load, Figure.MICROS_99).median()),
        isFirst ? "" : one.ratio(load, all.getFirst()).text(2),
        isFirst ? "" : allocated(load, one));
  }

  private void row(Object... cells) {
    String line = "%-15s %-11s %-24s %9s %9s  %-18s %s".formatted(cells);
    out.println(line.stripTrailing());
  }

  private static String allocated(Load load, Measured one) {
    return "Primary %.0f, Secondary %.0f"
        .formatted(
            one.spread(load, Figure.ALLOCATED_PRIMARY).median(),
            one.spread(load, Figure.ALLOCATED_SECONDARY).median());
  }

  private void memory(Measured one) throws IOException, InterruptedException {
    List<Memory> nodes = one.memory();
    for (int i = 0; i < nodes.size(); i++) {
      Memory memory = nodes.get(i);
      out.printf(
          "%s, %s: from %d to %d writes under way, each costs %s bytes of heap, %s of buffers%n",
          one.name(),
          NODES.get(i),
          Measured.DEPTH_FEW,
          Measured.DEPTH_MANY,
          memory.heapBytes().text(0),
          memory.bufferBytes().text(0));
    }
  }
}
