package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tables as people read them.
@Tag("unit")
final class TableTest {
  @Test
  void columnsAreAsWideAsTheirLongestCell() {
    Table table = new Table("NAME", "SIZE");
    table.row("a-long-name", "1G");
    table.row("b", "20G");

    assertThat(table.text()).isEqualTo("NAME         SIZE\na-long-name  1G\nb            20G\n");
  }
}
