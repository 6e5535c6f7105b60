/** PowerShell queries about self-protection, management, software and hardware. Constants only. */
import { json } from "./queries.ts";

/** Device Guard by its class, and the options that the kernel was started with (never translated). */
export const deviceGuardQuery =
  "$g=Get-CimInstance -Namespace root\\Microsoft\\Windows\\DeviceGuard -ClassName Win32_DeviceGuard;" +
  "$o=(Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control').SystemStartOptions;" +
  json(
    "[pscustomobject]@{Status=[int]$g.VirtualizationBasedSecurityStatus;" +
      "Services=@($g.SecurityServicesRunning|ForEach-Object{[int]$_});StartOptions=[string]$o}",
  );

/** Whether Winlogon signs somebody in. */
export const autologinQuery =
  "$w=Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon';" +
  json("[pscustomobject]@{AutoAdminLogon=[string]$w.AutoAdminLogon}");

/** Enrolments in device management. */
export const enrolmentQuery =
  "$e=@(Get-ChildItem 'HKLM:\\SOFTWARE\\Microsoft\\Enrollments'|ForEach-Object{Get-ItemProperty $_.PSPath}|Where-Object{$_.ProviderID});" +
  json(
    "@($e|ForEach-Object{[pscustomobject]@{State=[int]$_.EnrollmentState;Provider=[string]$_.ProviderID}})",
  );

/** Active Directory and Entra ID, without any user's context. */
export const domainQuery =
  "$s=Get-CimInstance Win32_ComputerSystem;" +
  "$c=Test-Path 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo\\*';" +
  json("[pscustomobject]@{PartOfDomain=[bool]$s.PartOfDomain;CloudJoined=[bool]$c}");

/** Maker, model and serial numbers. */
export const hardwareQuery =
  "$s=Get-CimInstance Win32_ComputerSystem;" +
  "$n=@((Get-CimInstance Win32_BIOS).SerialNumber;(Get-CimInstance Win32_SystemEnclosure).SerialNumber;" +
  "(Get-CimInstance Win32_BaseBoard).SerialNumber);" +
  json(
    "[pscustomobject]@{Vendor=[string]$s.Manufacturer;Model=[string]$s.Model;" +
      "Serials=@($n|ForEach-Object{[string]$_})}",
  );

/** Browsers by App Paths and the version written into their files. */
export const browsersQuery =
  "$p='HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\App Paths\\';" +
  "$b=@('chrome.exe','firefox.exe','msedge.exe','brave.exe','opera.exe','vivaldi.exe'|ForEach-Object{" +
  "$f=(Get-ItemProperty ($p+$_) -ErrorAction SilentlyContinue).'(default)';" +
  "if($f -and (Test-Path $f.Trim('\"'))){[pscustomobject]@{Program=[string]$_;" +
  "Version=[string](Get-Item $f.Trim('\"')).VersionInfo.ProductVersion}}});" +
  json("$b");

/** Services that run, with the files behind them. */
export const servicesQuery = json(
  "@(Get-CimInstance Win32_Service -Filter \"State='Running'\" -Property Name,PathName|ForEach-Object{" +
    "[pscustomobject]@{Name=[string]$_.Name;Path=[string]$_.PathName}})",
);
