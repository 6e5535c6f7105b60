// The icon of macOS' menu bar: a view that shows what `sallyport tray` writes to its standard input
// and tells what was clicked. It decides nothing and ends with whoever started it. Build it on a Mac:
//   swiftc -O -o sallyport-tray SallyportTray.swift
// and put it beside the agent, into /Library/Sallyport. It was never compiled here.
import AppKit
import Foundation

struct Icon: Decodable {
    let side: Int
    let pixels: Data  // red, green, blue and cover of each pixel
}

struct Line: Decodable {
    let id: Int
    let label: String
    let enabled: Bool
    let children: [Line]
}

struct Order: Decodable {
    let kind: String
    let tip: String?
    let icon: Icon?
    let menu: [Line]?
    let title: String?
    let body: String?
}

func tell(_ object: [String: Any]) {
    guard var line = try? JSONSerialization.data(withJSONObject: object) else { return }
    line.append(0x0a)
    FileHandle.standardOutput.write(line)
}

final class View: NSObject, NSApplicationDelegate, NSUserNotificationCenterDelegate {
    private let item = NSStatusBar.system.statusItem(withLength: NSStatusItem.squareLength)
    private var ready = false

    func applicationDidFinishLaunching(_ notification: Notification) {
        NSUserNotificationCenter.default.delegate = self
        Thread.detachNewThread {
            while let line = readLine(strippingNewline: true) {
                guard let order = try? JSONDecoder().decode(Order.self, from: Data(line.utf8)) else { continue }
                DispatchQueue.main.async { self.take(order) }
            }
            DispatchQueue.main.async { NSApp.terminate(nil) }
        }
    }

    private func take(_ order: Order) {
        if order.kind == "notice" {
            let notice = NSUserNotification()
            notice.title = order.title
            notice.informativeText = order.body
            NSUserNotificationCenter.default.deliver(notice)
            return
        }
        guard order.kind == "show", let lines = order.menu, let icon = order.icon else { return }
        item.isVisible = !lines.isEmpty
        item.button?.toolTip = order.tip
        item.button?.setAccessibilityLabel(order.tip)
        item.button?.image = image(of: icon)
        item.menu = menu(of: lines)
        if !ready {
            ready = true
            tell(["kind": "ready"])
        }
    }

    private func menu(of lines: [Line]) -> NSMenu {
        let menu = NSMenu()
        menu.autoenablesItems = false
        for line in lines {
            let entry = NSMenuItem(title: line.label, action: #selector(chosen(_:)), keyEquivalent: "")
            entry.target = self
            entry.tag = line.id
            entry.isEnabled = line.enabled
            if !line.children.isEmpty { entry.submenu = self.menu(of: line.children) }
            menu.addItem(entry)
        }
        return menu
    }

    @objc private func chosen(_ entry: NSMenuItem) {
        tell(["kind": "chosen", "id": entry.tag])
    }

    func userNotificationCenter(_ center: NSUserNotificationCenter, didActivate notification: NSUserNotification) {
        tell(["kind": "pressed"])
    }

    private func image(of icon: Icon) -> NSImage? {
        guard icon.side > 0, icon.side <= 128, icon.pixels.count == icon.side * icon.side * 4,
            let picture = NSBitmapImageRep(
                bitmapDataPlanes: nil, pixelsWide: icon.side, pixelsHigh: icon.side, bitsPerSample: 8,
                samplesPerPixel: 4, hasAlpha: true, isPlanar: false, colorSpaceName: .deviceRGB,
                bitmapFormat: .alphaNonpremultiplied, bytesPerRow: icon.side * 4, bitsPerPixel: 32),
            let bytes = picture.bitmapData
        else { return nil }
        icon.pixels.copyBytes(to: bytes, count: icon.pixels.count)
        let image = NSImage(size: NSSize(width: 18, height: 18))
        image.addRepresentation(picture)
        return image
    }
}

let application = NSApplication.shared
let view = View()
application.delegate = view
application.setActivationPolicy(.accessory)
application.run()
