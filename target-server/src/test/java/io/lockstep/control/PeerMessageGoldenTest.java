package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.Refusal;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.Json.BadJsonException;
import io.lockstep.control.verb.Answer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a node asks the other one, and is answered, byte for byte. A changed text is a new version;
/// the old ones stay here, and are read.
@Tag("golden")
final class PeerMessageGoldenTest {
  private static final String REQUEST_0 =
      """
      {"method":"POST","path":"/v1/volumes","body":"eyJuYW1lIjoidm0xIn0=","fromNode":"b",\
      "account":"uid 0, pid 7","actor":"web admin"}""";

  private static final String REQUEST_1 =
      """
      {"version":1,"method":"POST","path":"/v1/volumes","body":"eyJuYW1lIjoidm0xIn0=",\
      "fromNode":"b","account":"uid 0, pid 7","actor":"web admin"}""";

  private static final String REQUEST_2 =
      """
      {"version":2,"method":"POST","path":"/v1/volumes","body":"eyJuYW1lIjoidm0xIn0=",\
      "fromNode":"b","account":"uid 0, pid 7","actor":"web admin","from":"console 192.0.2.7"}""";

  private static final String REQUEST_OF_THE_FUTURE =
      REQUEST_2.replace("\"version\":2,", "\"version\":9,\"headers\":[{\"a\":null}],\"mirror\":2,");

  private static final String REPLY_0 =
      "{\"status\":200,\"body\":\"{\\\"message\\\":\\\"Good.\\\"}\"}";

  private static final String REPLY_1 =
      "{\"version\":1,\"status\":200,\"body\":\"{\\\"message\\\":\\\"Good.\\\"}\"}";

  private static Call call() {
    return new Call(
        "POST",
        "/v1/volumes",
        "{\"name\":\"vm1\"}".getBytes(UTF_8),
        new Caller("uid 0, pid 7", "web admin", "console 192.0.2.7"),
        false);
  }

  @Test
  void aRequestIsThisText() {
    assertThat(new String(PeerRequest.of(call(), "b").encode(), UTF_8)).isEqualTo(REQUEST_2);
  }

  @ParameterizedTest
  @ValueSource(strings = {REQUEST_0, REQUEST_1})
  void aRequestOfEachVersionIsRead(String text) throws BadJsonException {
    assertThatIsTheRequest(text, "");
  }

  @Test
  void aRequestOfANewerNodeIsReadAsFarAsItIsKnown() throws BadJsonException {
    assertThatIsTheRequest(REQUEST_2, "console 192.0.2.7");
    assertThatIsTheRequest(REQUEST_OF_THE_FUTURE, "console 192.0.2.7");
  }

  private static void assertThatIsTheRequest(String text, String from) throws BadJsonException {
    Call read = PeerRequest.decode(text.getBytes(UTF_8));

    assertThat(read.method()).isEqualTo("POST");
    assertThat(read.path()).isEqualTo("/v1/volumes");
    assertThat(new String(read.body(), UTF_8)).isEqualTo("{\"name\":\"vm1\"}");
    assertThat(read.caller()).isEqualTo(new Caller("uid 0, pid 7 at node b", "web admin", from));
    assertThat(read.forwarded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"method\":null}",
        "{\"method\":\"GET\",\"path\":\"x\",\"body\":\"\",\"fromNode\":\"b\",\"account\":\"\","
            + "\"actor\":\"\"}",
        "{\"method\":\"GET\",\"path\":\"/\",\"body\":\"*\",\"fromNode\":\"b\",\"account\":\"\","
            + "\"actor\":\"\"}",
        "{\"method\":\"GET\",\"path\":\"/\",\"body\":\"\",\"fromNode\":\"b\",\"account\":\"\","
            + "\"actor\":\"a\\nb\"}"
      })
  void whatIsNoRequestIsRefused(String text) {
    assertThat(
            catchThrowableOfType(
                BadJsonException.class, () -> PeerRequest.decode(text.getBytes(UTF_8))))
        .isNotNull();
  }

  @Test
  void aReplyIsThisText() {
    assertThat(new String(PeerReply.encode(Answer.ok(new Done("Good."))), UTF_8))
        .isEqualTo(REPLY_1);
    assertThat(new String(PeerReply.encode(Answer.refused("a", "b", "c")), UTF_8))
        .isEqualTo(
            "{\"version\":1,\"status\":409,\"body\":\"{\\\"status\\\":409,\\\"what\\\":\\\"a\\\","
                + "\\\"why\\\":\\\"b\\\",\\\"action\\\":\\\"c\\\"}\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {REPLY_0, REPLY_1})
  void aReplyOfEachVersionIsRead(String text) throws BadJsonException {
    assertThat(PeerReply.decode(text.getBytes(UTF_8)))
        .isEqualTo(new Answer.Good(200, new Answer.RawJson("{\"message\":\"Good.\"}")));
  }

  @Test
  void aReplyOfANewerNodeIsReadAsFarAsItIsKnown() throws BadJsonException {
    String problem =
        "{'status':1,'kind':'x','what':'a','why':'b','action':''}".replace("'", "\\\"");
    String text = "{\"version\":9,\"took\":3,\"status\":409,\"body\":\"" + problem + "\"}";

    assertThat(PeerReply.decode(text.getBytes(UTF_8)))
        .isEqualTo(new Answer.Bad(409, new Refusal("a", "b", "")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"status\":-5,\"body\":\"{}\"}",
        "{\"status\":99999,\"body\":\"{}\"}",
        "{\"status\":200}",
        "{\"status\":409,\"body\":\"{}\"}",
        "{\"status\":409,\"body\":\"no\"}"
      })
  void whatIsNoReplyIsRefused(String text) {
    assertThat(
            catchThrowableOfType(
                BadJsonException.class, () -> PeerReply.decode(text.getBytes(UTF_8))))
        .isNotNull();
  }

  @Test
  void anAnswerThatNoFrameCarriesBecomesAFailure() throws BadJsonException {
    byte[] reply = PeerReply.encode(Answer.ok(new Done("x".repeat(PeerReply.BYTES_MAX))));

    assertThat(reply).hasSizeLessThan(PeerReply.BYTES_MAX);
    assertThat(PeerReply.decode(reply))
        .isInstanceOfSatisfying(
            Answer.Bad.class, bad -> assertThat(bad.problem().status()).isEqualTo(500));
  }
}
