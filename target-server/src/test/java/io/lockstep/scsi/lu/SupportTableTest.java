package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Check;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Runs the table of docs/support.md: each command, in each role, gets the answer that it names.
@Tag("unit")
class SupportTableTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_0-9]+)` \\|(.*)\\|$");

  /// The table's columns.
  private static final int PRIMARY = 0;

  private static final int STANDBY = 1;
  private static final int TRANSITIONING = 2;
  private static final int UNAVAILABLE = 3;

  private final Map<Command, List<String>> rows = read();

  private static Map<Command, List<String>> read() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("check"))) {
      folder = Check.present(folder.getParent(), "run inside the source tree");
    }
    var rows = new EnumMap<Command, List<String>>(Command.class);
    try {
      Matcher row = ROW.matcher(Files.readString(folder.resolve("docs/support.md")));
      while (row.find()) {
        var cells = new ArrayList<String>();
        for (String cell : row.group(2).split("\\|", -1)) {
          cells.add(cell.strip());
        }
        rows.put(Command.valueOf(row.group(1)), cells);
      }
    } catch (IOException e) {
      throw new AssertionError("docs/support.md cannot be read", e);
    }
    return rows;
  }

  @Test
  void theTableHasEachCommandOnce() {
    assertThat(rows).containsOnlyKeys(Command.values());
    assertThat(rows.values()).allSatisfy(cells -> assertThat(cells).hasSize(4));
  }

  @Test
  void aPrimaryAnswersAsTheTableSays() {
    run(Bench.active(), PRIMARY);
  }

  @Test
  void aStandbyAnswersAsTheTableSays() {
    run(standby(), STANDBY);
  }

  @Test
  void aNodeThatIsHandingOverAnswersAsTheTableSays() {
    Bench bench = standby();
    bench.unit.transitioning(true);
    run(bench, TRANSITIONING);
  }

  @Test
  void aNodeThatStoppedInASplitBrainAnswersAsTheTableSays() {
    Bench bench = standby();
    bench.unit.unavailable(true);
    run(bench, UNAVAILABLE);
  }

  /// A unit that has never served: all that it knows was told.
  private static Bench standby() {
    Bench bench = Bench.standby();
    bench.unit.standbySize(Bench.DISK_BYTES);
    return bench;
  }

  private void run(Bench bench, int column) {
    bench.calm(bench.nexus);
    var answers = new EnumMap<Command, String>(Command.class);
    var table = new EnumMap<Command, String>(Command.class);
    for (Command command : Command.values()) {
      Bench.Task task = bench.run(cdb(command));
      assertThat(task.endedCount).as("%s ended once", command).isEqualTo(1);
      answers.put(command, text(task.result()));
      table.put(command, Check.present(rows.get(command), "a row").get(column));
    }
    assertThat(answers).isEqualTo(table);
    bench.isQuiet();
  }

  private static String text(ScsiResult result) {
    return switch (result) {
      case ScsiResult.Good _ -> "GOOD";
      case ScsiResult.CheckCondition sense ->
          String.format(
              Locale.ROOT, "%02X/%02X/%02X", sense.key().code(), sense.asc(), sense.ascq());
      case ScsiResult.Busy _,
          ScsiResult.ReservationConflict _,
          ScsiResult.TaskSetFull _,
          ScsiResult.Aborted _ ->
          result.toString();
    };
  }

  /// Each with one block or an answer of up to 64 bytes, and nothing that would be at fault.
  private static String cdb(Command command) {
    byte[] cdb = new byte[command.cdbBytes()];
    cdb[0] = (byte) command.operationCode();
    cdb[1] = (byte) (command.hasServiceAction() ? command.serviceAction() : 0);
    Set<Command> answerAtFour =
        Set.of(Command.INQUIRY, Command.MODE_SENSE_6, Command.REQUEST_SENSE);
    Set<Command> withoutLength =
        Set.of(
            Command.MODE_SELECT_10,
            Command.UNMAP,
            Command.READ_CAPACITY_10,
            Command.SEND_DIAGNOSTIC);
    if (answerAtFour.contains(command)) {
      cdb[4] = 0x40;
    } else if (command == Command.READ_6 || command == Command.WRITE_6) {
      cdb[4] = 1;
    } else if (command == Command.SEND_DIAGNOSTIC) {
      cdb[1] = 0x04;
    } else if (!withoutLength.contains(command) && command.cdbBytes() > 6) {
      boolean medium = command.access() == Command.Access.MEDIUM;
      int lengthEnd =
          switch (command.cdbBytes()) {
            case 10 -> 8;
            case 12 -> 9;
            default -> 13;
          };
      cdb[lengthEnd] = (byte) (medium && command != Command.GET_LBA_STATUS ? 1 : 0x40);
    }
    if (command == Command.MODE_SENSE_6 || command == Command.MODE_SENSE_10) {
      cdb[2] = 0x3F;
    }
    return Golden.hex(cdb);
  }
}
