/* allauth reports a passkey that was cancelled, unknown or timed out; people should hear of it too. */

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = document.getElementById("toast-passkey");
  document.getElementById("toasts").replaceChildren(words.content.cloneNode(true));
});
