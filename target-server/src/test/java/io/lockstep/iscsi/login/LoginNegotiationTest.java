package io.lockstep.iscsi.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lockstep.iscsi.login.LoginDirectory.Admission;
import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The login phase, request by request: what initiators really send, each refusal with its status,
/// and that no text whatsoever makes it throw.
@Tag("unit")
class LoginNegotiationTest {
  private static final String INITIATOR = "iqn.2026-11.io.lockstep:tester";
  private static final String TARGET = "iqn.2026-11.io.lockstep:pair.vm1";
  private static final long ISID = 0x8000_0000_0001L;

  private Admission admission = Admission.ADMITTED;
  private Optional<SessionParameters> existing = Optional.empty();
  private LoginNegotiation login = fresh();

  private LoginNegotiation fresh() {
    LoginDirectory directory =
        new LoginDirectory() {
          @Override
          public Admission admit(String initiatorName, String targetName, long isid) {
            return targetName.equals(TARGET) ? admission : Admission.NOT_FOUND;
          }

          @Override
          public Admission admitDiscovery(String initiatorName) {
            return admission;
          }

          @Override
          public Optional<String> role(String question) {
            return question.equals("pair,mirror") ? Optional.of("1,Primary,7") : Optional.empty();
          }

          @Override
          public Optional<SessionParameters> session(
              String initiatorName, String targetName, long isid, int tsih) {
            return existing.filter(parameters -> parameters.tsih() == tsih);
          }

          @Override
          public int newTsih() {
            return 42;
          }
        };
    return new LoginNegotiation(new LoginConfig(3, "", 262144), directory);
  }

  @Test
  void logsInInOneRequest() {
    LoginStep.Complete done =
        complete(
            request(1, 3, names() + "HeaderDigest=CRC32C,None\0MaxRecvDataSegmentLength=131072\0"));
    SessionParameters agreed = done.parameters();
    assertThat(agreed.initiatorName()).isEqualTo(INITIATOR);
    assertThat(agreed.targetName()).contains(TARGET);
    assertThat(agreed.tsih()).isEqualTo(42);
    assertThat(agreed.headerDigest()).isTrue();
    assertThat(agreed.dataDigest()).isFalse();
    assertThat(agreed.initiatorDataSegmentBytesMax()).isEqualTo(131072);
    assertThat(agreed.targetDataSegmentBytesMax()).isEqualTo(262144);
    assertThat(agreed.cmdSn()).isEqualTo(100);
    assertThat(agreed.statSn()).isEqualTo(2);
    assertThat(done.response().tsih()).isEqualTo(42);
    assertThat(done.response().transit()).isTrue();
    assertThat(done.response().nextStage()).isEqualTo(3);
    assertThat(answers(done.response()))
        .containsEntry("TargetPortalGroupTag", "3")
        .containsEntry("HeaderDigest", "CRC32C")
        .containsEntry("MaxRecvDataSegmentLength", "262144");
  }

  @Test
  void logsInThroughBothStagesLikeOpenIscsi() {
    LoginStep first =
        login.onRequest(request(0, 1, names() + "SessionType=Normal\0AuthMethod=None\0"), 100, 1);
    LoginResponse response = assertInstanceOf(LoginStep.Continue.class, first).response();
    assertThat(response.transit()).isTrue();
    assertThat(response.nextStage()).isEqualTo(1);
    assertThat(answers(response))
        .containsEntry("AuthMethod", "None")
        .containsEntry("TargetPortalGroupTag", "3")
        .doesNotContainKey("MaxRecvDataSegmentLength");
    LoginStep.Complete done =
        complete(
            request(
                1,
                3,
                "HeaderDigest=None\0DataDigest=None\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0"
                    + "IFMarker=No\0OFMarker=No\0ErrorRecoveryLevel=0\0InitialR2T=No\0"
                    + "ImmediateData=Yes\0MaxBurstLength=16776192\0FirstBurstLength=262144\0"
                    + "MaxOutstandingR2T=1\0MaxConnections=1\0DataPDUInOrder=Yes\0"
                    + "DataSequenceInOrder=Yes\0MaxRecvDataSegmentLength=262144\0"));
    assertThat(answers(done.response()))
        .containsEntry("InitialR2T", "No")
        .containsEntry("ImmediateData", "Yes")
        .containsEntry("MaxBurstLength", "1048576")
        .containsEntry("FirstBurstLength", "262144")
        .containsEntry("IFMarker", "No")
        .doesNotContainKey("TargetPortalGroupTag");
    assertThat(done.parameters().initialR2t()).isFalse();
    assertThat(done.parameters().maxBurstLength()).isEqualTo(1 << 20);
  }

  @Test
  void theDefaultsOfTheStandardHoldForWhatIsNotSaid() {
    SessionParameters agreed = complete(request(1, 3, names())).parameters();
    assertThat(agreed.initialR2t()).isTrue();
    assertThat(agreed.immediateData()).isTrue();
    assertThat(agreed.initiatorDataSegmentBytesMax()).isEqualTo(8192);
    assertThat(agreed.maxBurstLength()).isEqualTo(262144);
    assertThat(agreed.firstBurstLength()).isEqualTo(65536);
    assertThat(agreed.maxOutstandingR2t()).isEqualTo(1);
    assertThat(agreed.time2WaitSeconds()).isEqualTo(2);
    assertThat(agreed.time2RetainSeconds()).isEqualTo(20);
  }

  @Test
  void gathersTextOverRequestsWithTheContinueBit() {
    String text = names() + "DataDigest=CRC32C\0";
    LoginStep half = login.onRequest(continued(text.substring(0, 50)), 100, 1);
    LoginResponse response = assertInstanceOf(LoginStep.Continue.class, half).response();
    assertThat(response.transit()).isFalse();
    assertThat(response.data().remaining()).isZero();
    assertThat(complete(request(1, 3, text.substring(50))).parameters().dataDigest()).isTrue();
  }

  @Test
  void answersEachKindOfKey() {
    LoginResponse response =
        complete(
                request(
                    1,
                    3,
                    names()
                        + "MaxConnections=8\0DefaultTime2Wait=10\0InitialR2T=Maybe\0"
                        + "X-com.example.foo=1\0OFMarkInt=2048~8192\0MaxBurstLength=1\0"
                        + "iSCSIProtocolLevel=2\0TaskReporting=FastAbort,RFC3720\0"
                        + "DataDigest=none,SHA\0MaxOutstandingR2T=0x10\0"))
            .response();
    assertThat(answers(response))
        .containsEntry("MaxConnections", "1")
        .containsEntry("DefaultTime2Wait", "10")
        .containsEntry("InitialR2T", "Reject")
        .containsEntry("X-com.example.foo", "NotUnderstood")
        .containsEntry("OFMarkInt", "Reject")
        .containsEntry("MaxBurstLength", "Reject")
        .containsEntry("iSCSIProtocolLevel", "1")
        .containsEntry("TaskReporting", "RFC3720")
        .containsEntry("DataDigest", "Reject")
        .containsEntry("MaxOutstandingR2T", "1");
  }

  /// RFC 7143 13.14, whichever of the two comes first.
  @Test
  void theFirstBurstIsNeverLongerThanABurst() {
    for (String offer :
        new String[] {
          "MaxBurstLength=8192\0FirstBurstLength=65536\0",
          "FirstBurstLength=65536\0MaxBurstLength=8192\0"
        }) {
      login = fresh();
      LoginStep.Complete done = complete(request(1, 3, names() + offer));
      assertThat(answers(done.response()))
          .containsEntry("MaxBurstLength", "8192")
          .containsEntry("FirstBurstLength", "8192");
      assertThat(done.parameters().firstBurstLength()).isEqualTo(8192);
    }
  }

  @Test
  void theDefaultFirstBurstIsNotLongerThanTheBurstThatWasAgreed() {
    SessionParameters agreed =
        complete(request(1, 3, names() + "MaxBurstLength=8192\0")).parameters();
    assertThat(agreed.maxBurstLength()).isEqualTo(8192);
    assertThat(agreed.firstBurstLength()).isEqualTo(8192);
  }

  /// The alias is for people only (RFC 7143 13.7).
  @Test
  void anEmptyAliasIsFine() {
    SessionParameters agreed = complete(request(1, 3, names() + "InitiatorAlias=\0")).parameters();
    assertThat(agreed.initiatorAlias()).isEmpty();
  }

  @Test
  void aDiscoverySessionNeedsNoTarget() {
    LoginStep.Complete done =
        complete(
            request(
                1,
                3,
                "InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0MaxBurstLength=512\0"));
    assertThat(done.parameters().isDiscovery()).isTrue();
    assertThat(answers(done.response()))
        .containsEntry("MaxBurstLength", "Irrelevant")
        .doesNotContainKey("TargetPortalGroupTag");
  }

  @Test
  void refusesWhatCannotBe() {
    expectRefusal(0x0203, request(1, 3, "InitiatorName=iqn.a\0TargetName=iqn.x\0"));
    expectRefusal(0x0207, request(1, 3, "TargetName=" + TARGET + "\0"));
    expectRefusal(0x0207, request(1, 3, "InitiatorName=" + INITIATOR + "\0"));
    expectRefusal(0x0207, request(1, 3, ""));
    expectRefusal(0x0200, request(1, 3, "InitiatorName=bad name\0"));
    expectRefusal(0x0200, request(1, 3, names() + "no equals sign\0"));
    expectRefusal(0x0200, request(1, 3, names() + "MaxRecvDataSegmentLength=5\0"));
    expectRefusal(0x0200, request(1, 3, names() + "DataDigest=None\0DataDigest=None\0"));
    expectRefusal(0x0209, request(1, 3, names() + "SessionType=Other\0"));
    expectRefusal(0x0201, request(0, 1, names() + "AuthMethod=KRB5,SRP\0"));
    expectRefusal(0x0200, request(2, 3, names()));
    expectRefusal(0x0200, request(1, 1, names()));
    expectRefusal(0x0200, request(1, 0, names()));
    expectRefusal(0x0200, request(1, 2, names()));
    expectRefusal(0x0200, request(3, 3, names()));
    expectRefusal(0x020a, withTsih(7, request(1, 3, names())));
    LoginRequest plain = request(1, 3, names());
    expectRefusal(0x0205, new LoginRequest(true, false, 1, 3, 2, 1, ISID, 0, 7, 0, plain.data()));
  }

  @Test
  void refusesAsTheDirectorySays() {
    admission = Admission.NOT_ALLOWED;
    expectRefusal(0x0202, request(1, 3, names()));
    admission = Admission.BUSY;
    expectRefusal(0x0301, request(1, 3, names()));
    admission = Admission.FULL;
    expectRefusal(0x0302, request(1, 3, names()));
  }

  @Test
  void refusesARequestThatBelongsToAnotherLogin() {
    login.onRequest(request(0, 1, names()), 100, 1);
    LoginRequest other =
        new LoginRequest(true, false, 1, 3, 0, 0, ISID + 1, 0, 7, 0, ByteBuffer.allocate(0));
    LoginStep step = login.onRequest(other, 100, 1);
    assertThat(assertInstanceOf(LoginStep.Refuse.class, step).response().status())
        .isEqualTo(0x020b);
  }

  @Test
  void refusesAStageThatGoesBack() {
    login.onRequest(request(0, 1, names()), 100, 1);
    assertInstanceOf(LoginStep.Refuse.class, login.onRequest(request(0, 1, ""), 100, 1));
  }

  @Test
  void joinsTheSessionOfItsTsihWithTheSameConnectionOnly() {
    existing =
        Optional.of(
            complete(request(1, 3, names() + "InitialR2T=No\0MaxBurstLength=65536\0"))
                .parameters());
    login = fresh();
    LoginStep.Complete again = complete(withTsih(42, request(1, 3, names())));
    assertThat(again.parameters().tsih()).isEqualTo(42);
    assertThat(again.parameters().initialR2t()).isFalse();
    assertThat(again.parameters().maxBurstLength()).isEqualTo(65536);
    LoginRequest otherCid =
        new LoginRequest(true, false, 1, 3, 0, 0, ISID, 42, 7, 9, request(1, 3, names()).data());
    expectRefusal(0x0206, otherCid);
  }

  @Test
  void endsALoginThatNeverEnds() {
    LoginStep step = login.onRequest(stay(names()), 100, 1);
    int count = 1;
    while (step instanceof LoginStep.Continue) {
      step = login.onRequest(stay(""), 100, 1);
      count++;
    }
    assertThat(count).isEqualTo(33);
    assertInstanceOf(LoginStep.Refuse.class, step);
  }

  @Test
  void neverThrowsWhateverTheTextSays() {
    SplittableRandom random = new SplittableRandom(20);
    TextKey[] keys = TextKey.values();
    String[] values = {"", "Yes", "No", "None", "1", "0x", "-1", "99999999999", "a,b", "Reject"};
    int completed = 0;
    for (int round = 0; round < 100_000; round++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? names() : "");
      for (int count = random.nextInt(6); count > 0; count--) {
        text.append(keys[random.nextInt(keys.length)].keyName());
        text.append(random.nextInt(20) == 0 ? "" : "=").append(values[random.nextInt(10)]);
        text.append(random.nextInt(20) == 0 ? "" : "\0");
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      if (bytes.length > 0 && random.nextInt(4) == 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      login = fresh();
      LoginRequest request =
          new LoginRequest(
              random.nextInt(8) != 0,
              random.nextInt(8) == 0,
              random.nextInt(4),
              random.nextInt(4),
              0,
              0,
              ISID,
              random.nextInt(3),
              7,
              0,
              ByteBuffer.wrap(bytes));
      completed += login.onRequest(request, 100, 1) instanceof LoginStep.Complete ? 1 : 0;
    }
    assertThat(completed).isGreaterThan(100);
  }

  /// Only who names the pair and the mirror learns anything, and no session comes of it.
  @Test
  void theOtherNodeOfThePairIsToldWhoServes() {
    String discovery = "InitiatorName=" + INITIATOR + "\0SessionType=Discovery\0";
    assertThat(firstAnswers(discovery + RoleKey.NAME + "=pair,mirror\0"))
        .isEqualTo(Map.of(RoleKey.NAME, "1,Primary,7"));
    assertThat(firstAnswers(discovery + RoleKey.NAME + "=other,mirror\0"))
        .isEqualTo(Map.of(RoleKey.NAME, "NotUnderstood"));
    assertThat(firstAnswers(names() + RoleKey.NAME + "=pair,mirror\0"))
        .containsEntry(RoleKey.NAME, "NotUnderstood");
  }

  private Map<String, String> firstAnswers(String text) {
    login = fresh();
    LoginRequest request =
        new LoginRequest(false, false, 0, 0, 0, 0, ISID, 0, 7, 0, KeyText.bytes(text));
    LoginStep step = login.onRequest(request, 100, 1);
    return answers(assertInstanceOf(LoginStep.Continue.class, step).response());
  }

  /// A Primary with as many sessions as it takes must not look like a dead node.
  @Test
  void aPortalThatIsFullStillTellsTheOtherNodeWhoServes() {
    admission = Admission.FULL;
    LoginStep step =
        fresh()
            .onRequest(
                request(
                    0,
                    1,
                    "InitiatorName="
                        + INITIATOR
                        + "\0SessionType=Discovery\0"
                        + RoleKey.NAME
                        + "=pair,mirror\0"),
                100,
                1);
    LoginResponse refusal = assertInstanceOf(LoginStep.Refuse.class, step).response();
    assertThat(refusal.status()).isEqualTo(LoginStatus.OUT_OF_RESOURCES.code());
    assertThat(answers(refusal)).isEqualTo(Map.of(RoleKey.NAME, "1,Primary,7"));
  }

  private void expectRefusal(int status, LoginRequest request) {
    login = fresh();
    LoginStep.Refuse refusal =
        assertInstanceOf(LoginStep.Refuse.class, login.onRequest(request, 100, 1));
    assertThat(refusal.response().status()).as(refusal.why()).isEqualTo(status);
    assertThat(refusal.response().transit()).isFalse();
    assertThat(refusal.why()).isNotEmpty();
  }

  private LoginStep.Complete complete(LoginRequest request) {
    return assertInstanceOf(LoginStep.Complete.class, login.onRequest(request, 100, 1));
  }

  private static String names() {
    return "InitiatorName=" + INITIATOR + "\0TargetName=" + TARGET + "\0";
  }

  private static LoginRequest request(int stage, int next, String text) {
    return new LoginRequest(true, false, stage, next, 0, 0, ISID, 0, 7, 0, KeyText.bytes(text));
  }

  private static LoginRequest continued(String text) {
    return new LoginRequest(false, true, 1, 0, 0, 0, ISID, 0, 7, 0, KeyText.bytes(text));
  }

  private static LoginRequest stay(String text) {
    return new LoginRequest(false, false, 1, 0, 0, 0, ISID, 0, 7, 0, KeyText.bytes(text));
  }

  private static LoginRequest withTsih(int tsih, LoginRequest request) {
    return new LoginRequest(
        request.transit(),
        request.continues(),
        request.currentStage(),
        request.nextStage(),
        0,
        0,
        ISID,
        tsih,
        7,
        0,
        request.data());
  }

  private static Map<String, String> answers(LoginResponse response) {
    Map<String, String> answers = new LinkedHashMap<>();
    for (KeyText.Pair pair : KeyText.parse(response.data()).orElseThrow()) {
      assertThat(answers.put(pair.key(), pair.value())).isNull();
    }
    return answers;
  }
}
