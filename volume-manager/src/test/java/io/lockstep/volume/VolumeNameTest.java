package io.lockstep.volume;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class VolumeNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "vm-1.disk", "a.", "a-", "my.snapshot", "a..b"})
  void good(String name) {
    assertThat(VolumeName.fault("lockstep", name)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | the name is empty",
        ". | \".\" means a directory",
        ".. | \"..\" means a directory",
        ".a | a name begins with a letter or a digit, not with '.'",
        "-a | a name begins with a letter or a digit, not with '-'",
        "aB | 'B' at position 2 is not allowed, only a-z, 0-9, '.' and '-' are",
        "a_tdata | '_' at position 2 is not allowed, only a-z, 0-9, '.' and '-' are",
        "a/b | '/' at position 2 is not allowed, only a-z, 0-9, '.' and '-' are",
        "gr\u00fcn | U+00FC at position 3 is not allowed, only a-z, 0-9, '.' and '-' are",
        "`a b` | U+0020 at position 2 is not allowed, only a-z, 0-9, '.' and '-' are",
        "snapshot7 | LVM keeps names that begin with \"snapshot\" for itself",
        "pvmove | LVM keeps names that begin with \"pvmove\" for itself",
      })
  void faults(String name, String fault) {
    assertThat(VolumeName.fault("lockstep", name)).contains(fault);
  }

  @Test
  void messagesShowNamesShortAndPrintable() {
    assertThat(VolumeName.shown("vm1")).isEqualTo("vm1");
    assertThat(VolumeName.shown("")).isEqualTo("\"\"");
    assertThat(VolumeName.shown("a\n\u001b[2Jb")).isEqualTo("a??[2Jb");
    assertThat(VolumeName.shown("x".repeat(1000))).hasSize(66);
  }

  @Test
  void length() {
    assertThat(VolumeName.fault("vg", "a".repeat(63))).isEmpty();
    assertThat(VolumeName.fault("vg", "a".repeat(64)))
        .contains("the name has 64 characters, 63 are allowed");
    assertThat(VolumeName.fault("lockstep", "a" + "-".repeat(62)).orElseThrow())
        .endsWith("the kernel's name for it would have 134 characters, 127 are allowed");
  }
}
