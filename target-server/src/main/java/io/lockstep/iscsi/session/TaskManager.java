package io.lockstep.iscsi.session;

import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.TargetPdu.TaskManagementResponse;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.TaskManagement;
import org.jspecify.annotations.Nullable;

/// Task management functions (RFC 7143 4.2.3, 11.5, 11.6). The connection delivers in order, so the
/// tasks a function concerns have all arrived when it does.
///
/// Invariant: the response leaves after the target has let go of every task concerned, and no PDU
/// of these tasks leaves after it.
final class TaskManager {
  private final ScsiTarget target;
  private final Nexus nexus;
  private final CommandExecutor commands;
  private final PduSender sender;

  TaskManager(ScsiTarget target, Nexus nexus, CommandExecutor commands, PduSender sender) {
    this.target = target;
    this.nexus = nexus;
    this.commands = commands;
    this.sender = sender;
  }

  void onRequest(TaskManagementRequest request) {
    switch (request.function()) {
      case TaskManagementRequest.ABORT_TASK -> abortTask(request);
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

  private void abortTask(TaskManagementRequest request) {
    SessionTask task = commands.find(request.referencedTaskTag());
    if (task == null || task.lun() != request.lun()) {
      respond(request, TaskManagementResponse.TASK_DOES_NOT_EXIST);
      return;
    }
    boolean executes = task.phase == SessionTask.Phase.EXECUTING;
    commands.abort(task);
    if (executes) {
      manage(TaskManagement.ABORT_TASK, request, task);
    } else {
      respond(request, TaskManagementResponse.FUNCTION_COMPLETE);
    }
  }

  private void abortMany(TaskManagement function, TaskManagementRequest request, boolean everyLun) {
    commands.abortAll(everyLun, request.lun());
    manage(function, request, null);
  }

  private void manage(
      TaskManagement function, TaskManagementRequest request, @Nullable SessionTask task) {
    target.manage(
        function, nexus, request.lun(), task, response -> respond(request, response.code()));
  }

  private void respond(TaskManagementRequest request, int response) {
    sender.sendStatus(
        new TaskManagementResponse(response, request.initiatorTaskTag()), PduSender.NO_DATA);
  }
}
