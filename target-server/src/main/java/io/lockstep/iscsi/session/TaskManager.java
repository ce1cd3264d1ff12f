package io.lockstep.iscsi.session;

import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.TargetPdu.TaskManagementResponse;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.TaskManagement;

/// Task management functions (RFC 7143 4.2.3, 11.5, 11.6). The connection delivers in order, so the
/// tasks a function concerns have all arrived when it does.
///
/// Invariant: the response leaves after the target has let go of every task concerned, and no PDU
/// of these tasks leaves after it.
final class TaskManager {
  private final ScsiTarget target;
  private final Nexus nexus;
  private final CommandExecutor commands;
  private final CommandWindow window;
  private final PduSender sender;

  TaskManager(
      SessionContext context, CommandExecutor commands, CommandWindow window, PduSender sender) {
    this.target = context.target();
    this.nexus = context.nexus();
    this.commands = commands;
    this.window = window;
    this.sender = sender;
  }

  /// @param cmdSn the number in the request's header
  void onRequest(TaskManagementRequest request, int cmdSn) {
    switch (request.function()) {
      case TaskManagementRequest.ABORT_TASK -> abortTask(request, cmdSn);
      case TaskManagementRequest.ABORT_TASK_SET ->
          abortMany(TaskManagement.ABORT_TASK_SET, request, false);
      case TaskManagementRequest.CLEAR_TASK_SET ->
          abortMany(TaskManagement.CLEAR_TASK_SET, request, false);
      case TaskManagementRequest.LOGICAL_UNIT_RESET ->
          abortMany(TaskManagement.LOGICAL_UNIT_RESET, request, false);
      case TaskManagementRequest.TARGET_WARM_RESET ->
          abortMany(TaskManagement.TARGET_WARM_RESET, request, true);
      case TaskManagementRequest.TASK_REASSIGN ->
          respond(request, TaskManagementResponse.REASSIGNMENT_NOT_SUPPORTED);
      default -> respond(request, TaskManagementResponse.FUNCTION_NOT_SUPPORTED);
    }
  }

  private void abortTask(TaskManagementRequest request, int cmdSn) {
    SessionTask task = commands.find(request.referencedTaskTag());
    if (task == null || task.lun() != request.lun()) {
      // One that was lost on the way is done with, if it was sent before this (RFC 7143 11.6.1 b).
      boolean lost = task == null && window.giveUp(request.refCmdSn(), cmdSn);
      respond(
          request,
          lost
              ? TaskManagementResponse.FUNCTION_COMPLETE
              : TaskManagementResponse.TASK_DOES_NOT_EXIST);
      return;
    }
    boolean executes = task.phase == SessionTask.Phase.EXECUTING;
    commands.abort(task);
    if (executes) {
      target.manage(
          TaskManagement.ABORT_TASK,
          nexus,
          request.lun(),
          task,
          response -> respond(request, response.code()));
    } else {
      respond(request, TaskManagementResponse.FUNCTION_COMPLETE);
    }
  }

  private void abortMany(TaskManagement function, TaskManagementRequest request, boolean everyLun) {
    AbortedTransfers due = commands.abortAll(everyLun, request.lun());
    target.manage(
        function,
        nexus,
        request.lun(),
        null,
        response -> due.whenOver(() -> respond(request, response.code())));
  }

  private void respond(TaskManagementRequest request, int response) {
    sender.sendStatus(
        new TaskManagementResponse(response, request.initiatorTaskTag()), PduSender.NO_DATA);
  }
}
