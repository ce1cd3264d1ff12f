package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.Json;
import io.lockstep.control.api.Json.BadJsonException;
import io.lockstep.control.api.Requests;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// JSON is checked in one place, completely, and a refusal names the field.
@Tag("unit")
final class JsonTest {
  private record Inner(String text, List<@Nullable String> holes) {}

  private record Outer(List<Inner> inners, @Nullable Inner other, long number, boolean flag) {}

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(UTF_8);
  }

  private static String refusal(String text, Class<?> type) {
    return String.valueOf(
        catchThrowableOfType(BadJsonException.class, () -> Json.readRequest(json(text), type))
            .getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'volume':'v','initiators':[null]}  | initiators[0] is null
          {'volume':'v','initiators':['a',1]} | initiators[1] must be a text
          {'volume':'v','initiators':'a'}     | initiators must be a list
          {'volume':'v','initiators':{}}      | initiators must be a list
          {'volume':'v','lun':256}            | lun is 256, not within 0 and 255
          {'volume':7}                        | volume must be a text
          {'volume':true}                     | volume must be a text
          {'volume':{}}                       | volume must be a text
          {'volume':'\\ud800'}                | volume is no sound Unicode
          {'volme':'v'}                       | volme is not known here, only volume, initiators,
          {'volume':'v','volume':'w'}         | Duplicate
          {'volume':'v'} {}                   | Trailing
          {'volume':'v'                       | end-of-input
          null                                | null where a message belongs
          []                                  | START_ARRAY
          7                                   | no int
          ``                                  | end-of-input
          """)
  void aRequestToExportNamesItsFault(String text, String clause) {
    assertThat(refusal(text, Requests.CreateExport.class)).contains(clause);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          1.5                  | sizeBytes must be a whole number
          1e3                  | sizeBytes must be a whole number
          '4096'               | sizeBytes must be a whole number
          true                 | sizeBytes must be a whole number
          [4096]               | sizeBytes must be a whole number
          0                    | sizeBytes is 0, not within 1 and 1152921504606846976
          -4096                | sizeBytes is -4096, not within
          1152921504606846977  | sizeBytes is 1152921504606846977, not within
          9223372036854775807  | sizeBytes is 9223372036854775807, not within
          9223372036854775808  | out of range
          99999999999999999999 | out of range
          NaN                  | NaN
          """)
  void aSizeIsAWholeNumberOfBytes(String size, String clause) {
    String text = "{'name':'v','sizeBytes':" + size + "}";

    assertThat(refusal(text, Requests.CreateVolume.class)).contains(clause);
  }

  @Test
  void aFlagIsTrueOrFalse() {
    for (String flag : List.of("1", "'true'", "'yes'", "[]")) {
      assertThat(refusal("{'force':" + flag + "}", Requests.MirrorCommand.class))
          .isEqualTo("force must be true or false");
    }
  }

  @Test
  void whatIsDeepInsideIsCheckedAndNamed() {
    String rest = ",'number':1,'flag':true}";
    assertThat(refusal("{'inners':[{'text':'a','holes':[]},null]" + rest, Outer.class))
        .isEqualTo("inners[1] is null");
    assertThat(refusal("{'inners':[{'text':'a'}]" + rest, Outer.class))
        .isEqualTo("inners[0].holes is missing or null");
    assertThat(refusal("{'inners':[],'other':{'holes':[null]}" + rest, Outer.class))
        .isEqualTo("other.text is missing or null");
    assertThat(refusal("{'other':null" + rest, Outer.class)).isEqualTo("inners is missing or null");
  }

  @Test
  void aPartnerOfAnotherReleaseIsUnderstood() throws BadJsonException {
    Outer older = Json.read(json("{}"), Outer.class);
    Outer newer =
        Json.read(
            json("{'inners':[{'text':'a','shape':{'round':[1]}}],'colour':'red','number':7}"),
            Outer.class);

    assertThat(older).isEqualTo(new Outer(List.of(), null, 0, false));
    assertThat(newer.inners()).containsExactly(new Inner("a", List.of()));
    assertThat(newer.number()).isEqualTo(7);
  }

  @Test
  void aPartnersNullInAListIsRefused() {
    assertThat(
            catchThrowableOfType(
                BadJsonException.class, () -> Json.read(json("{'inners':[null]}"), Outer.class)))
        .hasMessage("inners[0] is null");
  }

  @Test
  void nothingIsMadeUpForWhatIsMissingOnADisk() {
    assertThat(
            catchThrowableOfType(
                BadJsonException.class,
                () -> Json.readStored(json("{'number':1,'flag':true}"), Outer.class)))
        .hasMessageContaining("inners");
    assertThat(
            catchThrowableOfType(
                BadJsonException.class,
                () -> Json.readStored(json("{'inners':[],'other':null,'flag':true}"), Outer.class)))
        .hasMessageContaining("number");
  }

  @Test
  void aRefusalIsShortAndPrintableWhateverTheTextHeld() {
    String refusal = refusal("{'\\ud800\\n" + "x".repeat(5000) + "':1}", Outer.class);

    assertThat(refusal).hasSizeLessThan(400).doesNotContain("\n", "\ud800");
    assertThat(Json.text(List.of(refusal))).startsWith("[\"");
  }

  @Test
  void nestingWithoutEndIsRefused() {
    assertThat(refusal("[".repeat(60_000), Outer.class)).isNotEmpty();
    assertThat(refusal("{'x':".repeat(10_000), Outer.class)).isNotEmpty();
  }
}
