package io.lockstep.cli;

import io.lockstep.control.client.Printable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Columns that are as wide as their longest cell. The last one is not padded. What strangers have
/// put into a cell stays in it ([Printable]).
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... heads) {
    rows.add(List.of(heads));
  }

  void row(String... cells) {
    rows.add(Arrays.stream(cells).map(Printable::text).toList());
  }

  boolean isEmpty() {
    return rows.size() == 1;
  }

  String text() {
    int columns = rows.getFirst().size();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        String cell = row.get(column);
        line.append(cell);
        if (column < columns - 1) {
          line.append(" ".repeat(width(column) - cell.length() + 2));
        }
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
