"""What the kiosk's browser may do: Chromium's managed policies.

Each name is explained at https://chromeenterprise.google/policies/
"""

from __future__ import annotations

from typing import Any, Final

_OTHER_SCHEMES: Final = (
    "chrome://*",
    "chrome-untrusted://*",
    "chrome-extension://*",
    "devtools://*",
    "view-source:*",
    "file://*",
    "data:*",
    "blob:*",
    "javascript:*",
    "ftp://*",
    "mailto:*",
)
"""`*` alone leaves out the browser's own pages."""


def policies(port: int) -> dict[str, Any]:
    """Everything that is not the kiosk's own page is out of reach, and nothing leaves a trace.

    Args:
        port: The server's, on loopback.

    Returns:
        As they stand in /etc/chromium/policies/managed.
    """
    return {
        # Nothing but our own pages, so that no link, search, key or gesture leads anywhere else.
        # Left out: DeveloperToolsAvailability, which closes the port that the keeper looks through,
        # too; the tools' own page is out of reach as all others.
        "URLBlocklist": ["*", *_OTHER_SCHEMES],
        "URLAllowlist": [f"127.0.0.1:{port}", "about:blank"],
        "TaskManagerEndProcessEnabled": False,
        "BookmarkBarEnabled": False,
        "EditBookmarksEnabled": False,
        "HomepageLocation": "about:blank",
        "HomepageIsNewTabPage": False,
        "NewTabPageLocation": "about:blank",
        "DefaultPopupsSetting": 2,
        "DefaultSearchProviderEnabled": False,
        "ExtensionInstallBlocklist": ["*"],
        # What was open is not remembered, and nobody is asked what to delete.
        "SavingBrowserHistoryDisabled": True,
        "AllowDeletingBrowserHistory": False,
        "IncognitoModeAvailability": 1,
        "BrowserGuestModeEnabled": False,
        "BrowserAddPersonEnabled": False,
        "BrowserSignin": 0,
        "SyncDisabled": True,
        "ImportHistory": False,
        "RestoreOnStartup": 5,
        "PasswordManagerEnabled": False,
        "AutofillAddressEnabled": False,
        "AutofillCreditCardEnabled": False,
        # No way to a file, a device or another machine.
        "DownloadRestrictions": 3,
        "PrintingEnabled": False,
        "AllowFileSelectionDialogs": False,
        "DefaultNotificationsSetting": 2,
        "DefaultGeolocationSetting": 2,
        "DefaultWebUsbGuardSetting": 2,
        "DefaultSerialGuardSetting": 2,
        "DefaultWebBluetoothGuardSetting": 2,
        "AudioCaptureAllowed": False,
        "VideoCaptureAllowed": False,
        "ScreenCaptureAllowed": False,
        # Nothing that asks, or asks others.
        "TranslateEnabled": False,
        "SearchSuggestEnabled": False,
        "MetricsReportingEnabled": False,
        "SafeBrowsingProtectionLevel": 0,
        "ComponentUpdatesEnabled": False,
        "BackgroundModeEnabled": False,
        "PromotionsEnabled": False,
        "DefaultBrowserSettingEnabled": False,
    }
