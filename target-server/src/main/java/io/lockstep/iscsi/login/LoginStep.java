package io.lockstep.iscsi.login;

import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;

/// What a login request leads to. The numbers to stamp on the response come along.
public sealed interface LoginStep {
  LoginResponse response();

  /// The StatSN of the response.
  int statSn();

  /// The login phase goes on.
  record Continue(LoginResponse response, int statSn) implements LoginStep {}

  /// The full feature phase begins once the response is sent.
  record Complete(LoginResponse response, int statSn, SessionParameters parameters)
      implements LoginStep {}

  /// The connection closes once the response is sent.
  ///
  /// @param why a sentence for the log
  record Refuse(LoginResponse response, int statSn, LoginStatus status, String why)
      implements LoginStep {}
}
