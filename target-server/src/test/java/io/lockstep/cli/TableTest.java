package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.client.Printable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tables as people read them.
@Tag("unit")
final class TableTest {
  /// An initiator chooses its name.
  @Test
  void whatAStrangerHasPutIntoACellStaysInIt() {
    Table table = new Table("INITIATOR", "NODE");
    table.row("iqn.x\ncritical: disk\u001b[2J\u202e", "a");

    assertThat(table.text().lines())
        .containsExactly(
            "INITIATOR                             NODE",
            "iqn.x\\ncritical: disk\\u001b[2J\\u202e  a");
    assertThat(Printable.text("x".repeat(5000))).hasSize(2003).endsWith("x...");
    assertThat(Printable.text("Gr\u00fc\u00dfe \ud83d\ude00 C:\\n"))
        .isEqualTo("Gr\u00fc\u00dfe \ud83d\ude00 C:\\n");
  }

  @Test
  void columnsAreAsWideAsTheirLongestCell() {
    Table table = new Table("NAME", "SIZE");
    table.row("a-long-name", "1G");
    table.row("b", "20G");

    assertThat(table.text()).isEqualTo("NAME         SIZE\na-long-name  1G\nb            20G\n");
  }
}
